"""Other ways in which a user could read the same bill, measured in the same run as the connector."""
