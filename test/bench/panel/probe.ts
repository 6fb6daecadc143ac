/** What is measured inside the page: draws of the panel, frames of the browser, the first paint. */
import type { Page } from 'playwright-core';

/** Kept on the page's window. */
export interface Probe {
  /** Milliseconds of each call-back that the panel asked a frame for. */
  draws: number[];
  /** End of the latest painting of rows, by the page's clock. */
  paintedMs: number;
  /** The browser's own, not the counted one. */
  frame(callback: (time: number) => void): void;
}

declare global {
  interface Window {
    probe: Probe;
  }
}

/** Before any script of the page. */
export async function installProbe(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const frame = window.requestAnimationFrame.bind(window);
    const probe: Probe = { draws: [], paintedMs: 0, frame };
    window.probe = probe;
    window.requestAnimationFrame = (callback) =>
      frame((time) => {
        const began = performance.now();
        callback(time);
        probe.draws.push(performance.now() - began);
      });
    // The axis and its labels are drawn after the rows, whatever their height.
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function counted(...args) {
      fillText.apply(this, args);
      probe.paintedMs = performance.now();
    };
  });
}

export interface Moves {
  readonly frames: readonly number[];
  readonly draws: readonly number[];
}

export type Gesture = 'zoom' | 'pan';

/** One turn of the wheel per frame, as fast as frames come; frames and draws in milliseconds. */
export function moveWheel(page: Page, gesture: Gesture, count: number): Promise<Moves> {
  return page.evaluate(
    async ([kind, many]) => {
      const canvas = document.querySelector('canvas[role=application]');
      if (canvas === null) throw new Error('there is no canvas');
      const box = canvas.getBoundingClientRect();
      const at = { clientX: box.left + box.width * 0.6, clientY: box.top + box.height / 2 };
      window.probe.draws = [];
      const frames: number[] = [];
      await new Promise<void>((done) => {
        let before = 0;
        let turn = 0;
        const step = (time: number) => {
          if (before > 0) frames.push(time - before);
          before = time;
          if (turn >= many) return done();
          // In and out again, or to and fro.
          const back = Math.floor(turn / 30) % 2 === 1;
          const deltaY = kind === 'zoom' ? (back ? 40 : -40) : back ? -18 : 18;
          const keys = { ctrlKey: kind === 'zoom', shiftKey: kind === 'pan' };
          const init = { ...at, ...keys, deltaY, bubbles: true, cancelable: true };
          canvas.dispatchEvent(new WheelEvent('wheel', init));
          turn += 1;
          window.probe.frame(step);
        };
        window.probe.frame(step);
      });
      return { frames, draws: window.probe.draws };
    },
    [gesture, count] as const,
  );
}
