from source_github_copilot_billing.run import main

main()
