"""Who may sign in and register: users, extensions and their secrets."""
