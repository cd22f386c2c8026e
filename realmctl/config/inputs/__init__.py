"""What a declaration may read from outside: files and environment variables, and which of their values are secret."""
