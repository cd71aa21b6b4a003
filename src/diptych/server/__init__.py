"""Diptych over HTTP: an image API that OpenAI clients speak, and routes of its own for plans, regions and history.

    settings    what is allowed: address, token, sizes, times, hosts
    jobs        the queue: a bounded number wait, few run, each can be cancelled and runs out of time
    guards      who gets in, and how large a request may be, before anything reads it
    refused     requests that are answered with an error
    errors      what went wrong, as OpenAI clients read it
    reading     bodies as models
    uploads     pictures out of requests, within limits
    images      /v1/images: generations, edits, variations
    streaming   partial pictures as server-sent events
    chat        /v1/chat/completions: describe, answer
    native      /v1/diptych: sessions with plan, regions, edits, history, undo
    shelf       what is kept for a while under names that can't be guessed
    schemas     how the OpenAPI document describes bodies
    watching    /metrics, and logs without pictures, words and keys
    app         all of that as one ASGI application
    running     the application on an address

FastAPI is imported when a server is made, not before.
"""
