"""The library face: what a Python program does with a pipeline.

`load` a file, `plan` it, `run` the plan: the same three as on the command line, with the same home, the same
consent and the same errors. Says nothing on any stream and takes no signals; decides nothing that `app/`
decides. Not imported by `import rhflow`: its names are loaded when they are first used. Meet
`pipeline.load`, then `carrying.arun`.
"""
