/** The families of Salt's logs against series written by hand. */
import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../../../test/golden/body-lines.js';
import { renderBody } from '../../../../test/golden/render-body.js';
import { emptyEpoch, syntheticEpoch } from '../../../../test/golden/synthetic-epoch.js';
import { LOG_LEVELS } from '../../domain/log-vocabulary.js';

const NAMES = [
  'salt_log_messages_total',
  'salt_log_signals_total',
  'salt_log_readable',
  'salt_log_read_bytes_total',
  'salt_log_skipped_bytes_total',
];

describe('families of the logs', () => {
  it('have every level of each log that was heard of, and no others', async () => {
    const { body } = await renderBody(syntheticEpoch());
    const lines = seriesOf(body, 'salt_log_messages_total');
    expect(lines).toHaveLength(3 * LOG_LEVELS.length);
    expect(lines).toContain('{component="master",level="info"} 201');
    expect(lines).toContain('{component="minion",level="debug"} 11');
    expect(lines).toContain('{component="key",level="critical"} 0');
    expect(lines.filter((line) => line.includes('api'))).toEqual([]);
  });

  it('have the signals that a log can hold, at 0 too', async () => {
    const { body } = await renderBody(syntheticEpoch());
    const lines = seriesOf(body, 'salt_log_signals_total');
    expect(lines).toContain('{component="master",signal="job_published"} 24');
    expect(lines).toContain('{component="minion",signal="return_failed"} 1');
    expect(lines).toContain('{component="master",signal="function_error"} 0');
    expect(lines.filter((line) => /"master",signal="return_failed"/.test(line))).toEqual([]);
    expect(lines.filter((line) => line.includes('"key"'))).toEqual([]);
  });

  it('say which log is read, and how much of it', async () => {
    const { body } = await renderBody(syntheticEpoch());
    expect(seriesOf(body, 'salt_log_readable')).toEqual([
      '{component="master"} 1',
      '{component="minion"} 1',
      '{component="key"} 0',
    ]);
    expect(seriesOf(body, 'salt_log_read_bytes_total')[0]).toBe('{component="master"} 24414');
    expect(seriesOf(body, 'salt_log_skipped_bytes_total')[0]).toBe('{component="master"} 1048576');
  });

  it('are absent while no log was heard of', async () => {
    const { body } = await renderBody(emptyEpoch());
    for (const name of NAMES) expect(seriesOf(body, name), name).toEqual([]);
  });
});
