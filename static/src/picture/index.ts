// The picture's public face.

export { type PictureHost, PictureView } from "./picture.ts";
export { lineColors } from "./units.ts";
