"""A large language model as planner, over any server that speaks OpenAI's chat completions.

server.py    which server, which model, which key; nothing is sent unless a server was named
client.py    one question, one answer: limits of time, size and retries
schema.py    what may come back: the Plan's JSON schema without file names and painted steps
prompt.py    what is said: the operations, the facts of the picture, the wish; all but the first are data
reading.py   the answer → a canonical Plan, or what is wrong with it
planner.py   the Planner: asks, checks, asks once more with the error
phrases.py   a description changed by words, for drawing anew
"""
