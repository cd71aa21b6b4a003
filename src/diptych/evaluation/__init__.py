"""How we know: the checker that reads drawn pictures back, and the Stickerbook benchmark."""
