"""Pictures of people and cards: is one sharp, how many faces are in it, are two of the same person.

Everything that opens a stranger's picture or video runs in the sandbox. Who may see them is not known here.
"""

from rubrica.faces.pictures import Picture, can_compare, look, similarity
from rubrica.faces.videos import VIDEO_TYPES, Video, look_at_video

__all__ = ["VIDEO_TYPES", "Picture", "Video", "can_compare", "look", "look_at_video", "similarity"]
