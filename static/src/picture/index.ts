// The picture's public face.

export { type PictureHost, PictureView } from "./picture.ts";
export { type LineColor, lineColors, lineLooks } from "./units.ts";
