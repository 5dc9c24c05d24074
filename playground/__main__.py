"""`python -m playground`: see command.py."""

from playground.command import main

main()
