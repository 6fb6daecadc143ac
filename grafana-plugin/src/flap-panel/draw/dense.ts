/** Rows that are too low for patterns: one image, written pixel by pixel. */
import {
  type DenseColours,
  type DenseImage,
  makeShades,
  paintDense,
  SHADES,
} from '../../fleet/dense';
import { AMBIGUOUS, NODATA, OK, STALE, UNKNOWN } from '../../fleet/statuses';
import { imageWord, mix } from '../../look/colour';
import type { Palette } from '../../look/palette';
import { drawDenseGutter } from './gutter';
import type { Scene } from './scene';

function shadeOf(palette: Palette, code: number, shade: number): string {
  const part = shade / (SHADES - 1);
  const ok = palette.status[OK];
  if (code === OK) {
    const ground = mix(palette.okField, ok, palette.dark ? 0.12 : 0.1);
    return mix(ground, ok, Math.min(1, part * 1.1));
  }
  if (code === NODATA) return palette.panel;
  const share = 0.55 + 0.45 * part;
  const weight = code === AMBIGUOUS ? 0.42 : code === UNKNOWN || code === STALE ? 0.5 : 1;
  return mix(palette.okField, palette.status[code], share * weight);
}

export function denseColours(palette: Palette): DenseColours {
  return {
    shades: makeShades((code, shade) => imageWord(shadeOf(palette, code, shade))),
    ground: imageWord(palette.panel),
    drop: imageWord(palette.strongest),
    unknown: imageWord(palette.status[UNKNOWN]),
    ambiguous: imageWord(palette.status[AMBIGUOUS]),
    nodata: imageWord(palette.status[NODATA]),
  };
}

/** Keeps its image from drawing to drawing. */
export class DenseRows {
  #data: ImageData | undefined;
  #image: DenseImage | undefined;
  readonly #colours: DenseColours;

  constructor(palette: Palette) {
    this.#colours = denseColours(palette);
  }

  draw(scene: Scene): void {
    const { layout, ratio } = scene;
    const width = Math.floor(layout.plotWidth * ratio);
    const height = Math.floor(layout.plotHeight * ratio);
    if (this.#data?.width !== width || this.#data.height !== height) {
      this.#data = new ImageData(width, height);
      this.#image = { width, height, words: new Uint32Array(this.#data.data.buffer) };
    }
    if (this.#image === undefined) return;
    const rowHeight = scene.rowHeight * ratio;
    const scroll = scene.scroll * ratio;
    const view = { window: scene.window, order: scene.order, rowHeight, scroll, ratio };
    paintDense(scene.fleet, view, { image: this.#image, colours: this.#colours });
    const at = [Math.round(layout.left * ratio), Math.round(layout.top * ratio)] as const;
    scene.ctx.putImageData(this.#data, ...at);
    drawDenseGutter(scene);
  }
}
