"""The command line: words in, words out, an exit code.

Each command is a file in `commands/`, loaded when it is called, so that `--help` stays quick. Colours live
here and nowhere else. Decides nothing: it asks `app/` and shows what came back. Meet `main.COMMANDS`.
"""
