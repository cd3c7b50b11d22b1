"""Reading files as delivered."""
