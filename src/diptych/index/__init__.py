"""Index: a folder's pictures as vectors on the disk, so that words find pictures among thousands.

`storage` tells how it lies on the disk, `folder` which files count, `neighbours` how very large ones are searched.
"""

from diptych.index.pictures import Encoder, Hit, PictureIndex, Unreadable, Update

__all__ = ["Encoder", "Hit", "PictureIndex", "Unreadable", "Update"]
