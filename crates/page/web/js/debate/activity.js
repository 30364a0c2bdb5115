// What the agent of an open call does, as the view follows it.

import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { activity } from 'synod/debate/words.js';
import { capital } from 'synod/parts/time.js';

/**
 * What the agent of an open call does now. The view is drawn again when that changes, and not for each token.
 *
 * @param {any} call
 * @param {any} seat
 * @param {import('synod/debate/store.js').Scene} scene
 * @returns {{ short: string, long: string, speaks: boolean, thinks: boolean }}
 */
export function useActivity(call, seat, scene) {
  const [text, thought, progress] = [scene.textOf(call.call), scene.thoughtOf(call.call), scene.progressOf(call.call)];
  const speaks = useMemo(() => computed(() => text.value !== ''), [text]).value;
  const thinks = useMemo(() => computed(() => thought.value !== ''), [thought]).value;
  const { purpose, attempt } = call;
  const [short, long = capital(short)] = activity({ purpose, attempt, speaks, thinks, progress: progress.value, host: seat?.host, model: seat?.model });
  return { short, long, speaks, thinks };
}
