// The page on which somebody completes a document. The server draws it and judges it; this keeps what is typed.
import { defineCompletion } from "./completing/completion.ts";
import { defineDrawing } from "./completing/drawing.ts";

defineDrawing();
defineCompletion();
