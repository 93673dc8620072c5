"""What comes in: a stranger's PDF or picture is looked at, made ready to be read and signed, and drawn."""
