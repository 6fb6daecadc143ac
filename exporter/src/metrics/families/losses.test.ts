/** Families of lost returns and publishes against series written by hand. */
import { describe, expect, it } from 'vitest';
import { seriesOf } from '../../../../test/golden/body-lines.js';
import { renderBody } from '../../../../test/golden/render-body.js';
import { emptyEpoch, syntheticEpoch } from '../../../../test/golden/synthetic-epoch.js';
import { VERDICTS } from '../../domain/loss-vocabulary.js';

describe('families of losses', () => {
  it('have one series for each verdict that can be, also before the first', async () => {
    const { body } = await renderBody(emptyEpoch());
    const series = seriesOf(body, 'salt_lost_returns_total');
    expect(series).toHaveLength(VERDICTS.length);
    expect(series[0]).toBe('{link="2",reason="no_link",confidence="proven"} 0');
    expect(series.at(-2)).toBe('{link="4_or_5",reason="unknown",confidence="unknown"} 0');
    expect(seriesOf(body, 'salt_publishes_lost_total')).toEqual([
      '{reason="abandoned"} 0',
      '{reason="failed"} 0',
      '{reason="authentication"} 0',
      '{reason="authorization"} 0',
    ]);
  });

  it('count verdicts, what became of them, and publishes', async () => {
    const { body } = await renderBody(syntheticEpoch());
    expect(seriesOf(body, 'salt_lost_returns_total').slice(0, 3)).toEqual([
      '{link="2",reason="no_link",confidence="proven"} 1',
      '{link="2",reason="no_link",confidence="likely"} 2',
      '{link="3",reason="hwm",confidence="proven"} 3',
    ]);
    expect(seriesOf(body, 'salt_loss_verdicts_revised_total').slice(0, 3)).toEqual([
      '{link="2",reason="no_link",to="returned"} 1',
      '{link="2",reason="no_link",to="other"} 0',
      '{link="2",reason="no_link",to="unknown"} 0',
    ]);
    expect(seriesOf(body, 'salt_publishes_lost_total')[0]).toBe('{reason="abandoned"} 3');
  });

  it('name the minions that lost something, by link, and what started', async () => {
    const { body } = await renderBody(syntheticEpoch());
    expect(seriesOf(body, 'salt_minion_lost_returns_total')).toEqual(
      ['2', '3', '4', '5', '6', '4_or_5', 'unknown'].map(
        (link, index) => `{minion="db-1",link="${link}"} ${index + 1}`,
      ),
    );
    expect(seriesOf(body, 'salt_minion_starts_total').slice(0, 2)).toEqual([
      '{minion="db-1",kind="start"} 2',
      '{minion="db-1",kind="reconnect"} 3',
    ]);
  });
});
