"""`python -m realmctl`: the same as the console script."""

from realmctl.cli.main import main

if __name__ == "__main__":
    main()
