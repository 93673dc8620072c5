import sys

from rubrica.cli import main

if __name__ == "__main__":
    sys.exit(main())
