"""The Stickerbook: a procedural bilingual world of sticker scenes, whose scene graph is the truth.

The embedded models learn from it and are judged in it. Only `sprites` and `render` need the emoji font; words,
scenes and wishes are plain data, so that using the models needs no font.
"""
