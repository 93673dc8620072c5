"""What ``rubrica`` can be told to do, by subject. Each module adds its commands to the parser and loads the rest late,
so that ``rubrica serve`` stays small."""
