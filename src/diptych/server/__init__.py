"""Diptych over HTTP: an image API that OpenAI clients speak, and routes of its own for plans, regions and history.

    settings    what is allowed: address, token, sizes, times, hosts
    jobs        the queue: a bounded number wait, few run, each can be cancelled and runs out of time
    errors      what went wrong, as OpenAI clients read it
    uploads     pictures out of requests, within limits
    answers     pictures into responses
    images      /v1/images: generations, edits, variations
    chat        /v1/chat/completions: describe, answer
    sessions    documents of users, which expire
    studio_api  /v1/diptych: plan, regions, edits, history, undo
    watching    /healthz, /metrics, logs without pictures and keys
    app         all of that as one ASGI application

FastAPI is imported when a server is made, not before.
"""
