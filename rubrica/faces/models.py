"""The models, loaded when this is imported: once by the sandbox's server, and by none of its children.

To read them takes as long as to look for the faces of several pictures. The package that brings them is not imported
itself: it asks for pkg_resources, which is no more.
"""

import importlib.util
import os
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # a thread for each core would not fit into a child's limits

import dlib
import numpy

PACKAGE = "face_recognition_models"
LANDMARKS, NETWORK = "shape_predictor_5_face_landmarks.dat", "dlib_face_recognition_resnet_model_v1.dat"


def _folder() -> Path:
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        raise ImportError(PACKAGE)
    return Path(found.submodule_search_locations[0]) / "models"


array, rectangle = numpy.asarray, dlib.rectangle
detector = dlib.get_frontal_face_detector()
landmarks = dlib.shape_predictor(str(_folder() / LANDMARKS))
network = dlib.face_recognition_model_v1(str(_folder() / NETWORK))
