"""`python -m forthwith` is the command `forthwith`."""

from forthwith.cli.main import main

if __name__ == "__main__":
    main(prog_name="forthwith")
