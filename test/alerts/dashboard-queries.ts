/** A dashboard's query as Grafana would send it. */

const VALUES: Readonly<Record<string, string>> = {
  $__rate_interval: '1m',
  $__interval: '15s',
  $__range: '6h',
  $master: '.*',
  $minion: 'web-1.example.net',
  $instance: 'web-1.example.net:4508',
};

export function filledIn(expr: string, values: Readonly<Record<string, string>> = {}): string {
  const known: Readonly<Record<string, string>> = { ...VALUES, ...values };
  return expr.replaceAll(/\$\w+/g, (name) => {
    const value = known[name];
    if (value === undefined) throw new Error(`no dashboard has the variable ${name}: ${expr}`);
    return value;
  });
}
