"""The command `preview`: what a connection sees of the last days, before anything is loaded."""
