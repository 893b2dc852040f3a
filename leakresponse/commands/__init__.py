"""What the commands of cli.py do; each module is imported only when its command is called."""
