/**
 * Style of the live page: tokens for dark and light, status looks, panels, tables, and the phone's
 * layout.
 */

const TOKENS = `:root{
  color-scheme:dark light;--canvas:light-dark(#f4f5f5,#111217);--panel:light-dark(#fff,#181b1f);
  --text:light-dark(#24292e,#ccccdc);--text2:light-dark(#5b5e62,#8d8e9a);
  --max:light-dark(#000,#fff);--link:light-dark(#1f62e0,#6e9fff);
  --b1:light-dark(rgba(36,41,46,.12),rgba(204,204,220,.12));
  --b2:light-dark(rgba(36,41,46,.3),rgba(204,204,220,.2));
  --b3:light-dark(rgba(36,41,46,.4),rgba(204,204,220,.3));
  --hover:light-dark(rgba(36,41,46,.06),rgba(204,204,220,.08));
  --sel:light-dark(rgba(36,41,46,.1),rgba(204,204,220,.12));--good:light-dark(#0a764e,#6ccf8e);
  --bad:light-dark(#cf0e5b,#ff5286);--warn:light-dark(#b04e0c,#fbad37);
  --ok:light-dark(#4b99c2,#327a85);--pressure:light-dark(#1d7fb3,#3ea7b5);--ok-field:light-dark(#e4f0f4,#1d3540);
  --slow:light-dark(#ad8200,#f2e05c);--slow-field:light-dark(#f2ebd6,#4c4a2e);
  --stalled:light-dark(#b83a08,#ff9830);--stalled-field:light-dark(#f4dfd7,#4f3923);
  --half_open:light-dark(#7a1fa2,#d670ff);--half_open-field:light-dark(#eadbf0,#462f55);
  --absent:light-dark(#6f0f22,#f0383f);--absent-field:light-dark(#f1e7e9,#381f24);
  --ambiguous:light-dark(#85827c,#c8cacc);--ambiguous-ink:light-dark(#85827c,#97999c);
  --ambiguous-field:light-dark(#f5f5f5,#2d3034);--unknown:light-dark(#51555b,#868079);
  --stale:light-dark(#7d8084,#74777e)
}
[data-theme=dark]{color-scheme:dark}
[data-theme=light]{color-scheme:light}
`;

const STATUS_LOOK = `.defs{position:absolute;width:0;height:0;overflow:hidden}
.f-panel{fill:var(--panel)}
.f-ok{fill:var(--ok-field)}
.f-slow{fill:var(--slow-field)}
.f-stalled{fill:var(--stalled-field)}
.f-half_open{fill:var(--half_open-field)}
.f-absent{fill:var(--absent-field)}
.f-ambiguous{fill:var(--ambiguous-field)}
.i-slow{fill:var(--slow)}
.i-ambiguous{fill:var(--ambiguous-ink)}
.i-unknown{fill:var(--unknown)}
.l-stalled{stroke:var(--stalled);stroke-width:1.3}
.l-half_open{stroke:var(--half_open);stroke-width:1.3}
.sw{
  width:18px;height:12px;border-radius:2px;flex:none;display:inline-block;vertical-align:-1px;
  overflow:hidden;forced-color-adjust:none
}
.edge-ok{stroke:var(--ok)}
.edge-slow{stroke:none}
.edge-stalled{stroke:var(--stalled)}
.edge-half_open{stroke:var(--half_open)}
.edge-absent{stroke:var(--absent);stroke-width:3}
.edge-stale{stroke:var(--stale);stroke-width:2.4;stroke-dasharray:3 2}
.edge-ambiguous{stroke:var(--ambiguous)}
.edge-unknown{stroke:var(--unknown)}
.mark{stroke:var(--text2);fill:var(--text2)}
.mark.line{fill:none;stroke-width:1.4}
.mark.restart{stroke:var(--link);fill:none;stroke-width:1.4;stroke-dasharray:3 2}
.s-works{fill:var(--good)}
.s-limited{fill:none;stroke:var(--warn);stroke-width:1.5}
.s-half{fill:var(--warn)}
.s-off,.s-starting{fill:none;stroke:var(--unknown);stroke-width:1.5;stroke-dasharray:2 2}
.s-down{fill:none;stroke:var(--bad);stroke-width:1.8}
`;

const FRAME = `*{box-sizing:border-box}
html,body{margin:0;min-height:100%}
body{
  background:var(--canvas);color:var(--text);
  font:400 14px/20px Inter,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;letter-spacing:.01em
}
p,h1,h2,ul,ol,dl,dd{margin:0;padding:0}
ul,ol{list-style:none}
a{color:var(--link)}
button{font:inherit;letter-spacing:inherit;color:inherit}
abbr{text-decoration:none}
:focus-visible{outline:2px solid var(--link);outline-offset:2px;border-radius:3px}
main:focus{outline:none}
[hidden]{display:none!important}
.num{font-variant-numeric:tabular-nums}
.grow{flex:1 1 auto;min-width:0}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{
  position:absolute;left:-999px;top:8px;background:var(--panel);padding:6px 12px;border-radius:6px;
  z-index:9
}
.skip:focus{left:8px}
header{
  display:flex;align-items:center;gap:4px 14px;padding:10px 20px;border-bottom:1px solid var(--b1);
  flex-wrap:wrap
}
header h1{font-size:16px;font-weight:600;line-height:24px}
.meta{color:var(--text2);font-size:12px;overflow-wrap:anywhere}
.meta.strong{color:var(--text)}
.dot{
  display:inline-block;width:8px;height:8px;border-radius:50%;background:var(--good);
  margin-right:6px
}
[data-state=loading] .dot,[data-state=paused] .dot{
  background:none;border:1.5px solid var(--unknown)
}
[data-state=lost] .dot{background:none;border:2px solid var(--bad);border-radius:0}
[data-state=lost] .live{color:var(--bad)}
.btn{
  min-height:28px;border:1px solid var(--b1);border-radius:6px;background:var(--hover);
  padding:0 10px;font-size:12px;font-weight:500;cursor:pointer;white-space:nowrap
}
.btn:hover{background:var(--sel)}
.btn.small{min-height:24px}
main{
  max-width:1440px;margin:0 auto;padding:12px 20px;display:grid;
  grid-template-columns:minmax(0,1fr) 380px;gap:12px;align-items:stretch
}
.full{grid-column:1/-1}
.ports{grid-column:2;grid-row:span 2}
#presence-scroll{max-height:102px;padding-bottom:0}
.presence>.rows{flex:none;padding-bottom:4px}
.presence>.scroll.rows{flex:1 1 auto}
.notice{
  grid-column:1/-1;background:var(--panel);border:1px solid var(--b1);
  border-left:3px solid var(--bad);border-radius:6px;padding:10px 14px
}
.panel{
  background:var(--panel);border:1px solid var(--b1);border-radius:6px;display:flex;
  flex-direction:column;min-width:0;overflow:hidden
}
[data-state=lost] .panel,[data-state=lost] #master-salt{filter:grayscale(1)}
[data-state=lost] .panel{border-style:dashed;background:var(--canvas)}
[data-state=lost] .panel :is(b,td,th,dd,li,p,span,bdi){color:var(--text2)}
[data-state=lost] .share,[data-state=lost] .sw{opacity:.35}
.ph{display:flex;align-items:center;gap:8px;min-height:36px;flex:none;padding:4px 12px}
.ph h2{font-size:14px;font-weight:500;white-space:nowrap}
.sub{
  color:var(--text2);font-size:12px;white-space:nowrap;overflow:hidden;text-overflow:ellipsis;
  min-width:0
}
.rows{padding:0 12px 10px;font-size:12px;line-height:18px}
.scroll{position:relative;overflow:auto;max-height:432px;flex:1 1 auto}
.scroll:focus-visible{outline-offset:-2px}
.empty,.note{color:var(--text2);font-size:12px;padding:8px 12px}
.rows .empty,.note{padding:8px 0 4px}
footer{max-width:1440px;margin:0 auto;padding:4px 20px 20px;color:var(--text2);font-size:12px}
footer a{margin:0 4px}
`;

const FLEET = `.counts{display:grid;grid-template-columns:repeat(8,minmax(0,1fr));padding:10px 0 8px}
.count{
  background:none;border:0;border-left:1px solid var(--b1);padding:0 16px 4px;text-align:left;
  cursor:pointer;display:flex;flex-direction:column;align-items:flex-start
}
.count:first-child{border-left:0}
.count:hover{background:var(--hover)}
.count:focus-visible{outline-offset:-2px}
.count b{display:block;font-size:26px;line-height:34px;font-weight:500;color:var(--max)}
.count.zero b,.count.unread b{color:var(--text2)}
.count.unread b{font-size:16px}
.count .word{display:flex;align-items:center;gap:7px;font-size:12px}
.count small{display:block;font-size:12px;line-height:16px;color:var(--text2);margin-top:2px}
.count[aria-pressed=true]{background:var(--sel);box-shadow:inset 0 2px 0 var(--link)}
.share{display:flex;height:10px;gap:1px;background:var(--panel)}
.seg{height:10px;width:auto;min-width:3px;flex:0 1 0;border-radius:0;vertical-align:0}
.line{font-size:12px;color:var(--text2);padding:7px 16px 8px}
.line b{font-weight:500;color:var(--text)}
`;

const LISTS = `table.t{border-collapse:collapse;width:100%;font-size:12px;line-height:18px}
.t th,.t td{
  padding:4px 8px;text-align:left;vertical-align:top;border-bottom:1px solid var(--b1);
  font-weight:400
}
.t th:first-child,.t td:first-child{padding-left:12px}
.t th:last-child,.t td:last-child{padding-right:12px}
.t tbody tr:last-child>*{border-bottom:0}
.t thead th{
  font-weight:500;color:var(--text2);font-size:11px;white-space:nowrap;position:sticky;top:0;
  background:var(--panel);z-index:1
}
[data-state=lost] .t thead th{background:var(--canvas)}
.t .r{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.t .st{white-space:nowrap}
.t .st .sw{margin-right:7px}
.t .id{color:var(--max);max-width:210px;overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.t .basis{white-space:nowrap}
.from{color:var(--text2);white-space:nowrap}
.facts th:first-child,.facts td:first-child{padding-left:0}
.facts th:last-child,.facts td:last-child{padding-right:0}
.facts tbody th{color:var(--text2)}
.pairs{border-top:1px solid var(--b1)}
.pair{
  display:flex;gap:12px;justify-content:space-between;padding:4px 0;
  border-bottom:1px solid var(--b1)
}
.pair:last-child{border-bottom:0}
.pair dt{color:var(--text2);white-space:nowrap}
.pair dd{text-align:right;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.list li{padding:5px 0;border-top:1px solid var(--b1);overflow-wrap:anywhere}
.list li:first-child{border-top:0}
#feed-list li{display:grid;grid-template-columns:auto 18px minmax(0,1fr);gap:0 10px}
#feed-list time{color:var(--text2)}
#feed-list svg{margin-top:3px}
#feed-list .who,#presence-list .who{color:var(--max)}
#sources-list li{display:grid;grid-template-columns:14px 112px minmax(0,1fr);gap:0 8px}
#sources-list svg{margin-top:3px}
.cant{color:var(--text2);display:block}
.cant.first{display:inline}
.find{color:var(--text)}
#presence-list li{display:flex;gap:10px;justify-content:space-between}
#presence-list .who{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
#presence-list .how{color:var(--text2);white-space:nowrap}
#losses-publishes{padding:6px 12px 0}
#losses-table .fact{white-space:nowrap}
.more{margin:8px 12px;display:none}
`;

const STRIPS = `.strip-place{display:block}
.strip,.axis{display:block;overflow:visible;max-width:100%}
.strip[width='0'],.axis[width='0']{display:none}
.strip{background:var(--canvas);border-radius:2px;margin-bottom:2px;forced-color-adjust:none}
.at-edge.in-ok{fill:var(--ok)}
.at-edge.in-slow{fill:none}
.at-edge.in-stalled,.at-worst.in-stalled,.at-pressure.in-stalled{fill:var(--stalled)}
.at-edge.in-half_open,.at-worst.in-half_open,.at-pressure.in-half_open{fill:var(--half_open)}
.at-edge.in-absent,.at-worst.in-absent{fill:var(--absent)}
.at-edge.in-stale,.at-worst.in-stale{fill:var(--stale)}
.at-edge.in-ambiguous,.at-worst.in-ambiguous,.at-pressure.in-ambiguous{fill:var(--ambiguous)}
.at-edge.in-unknown,.at-worst.in-unknown,.at-pressure.in-unknown{fill:var(--unknown)}
.at-worst.in-slow,.at-pressure.in-slow{fill:var(--slow)}
.at-pressure.in-ok,.at-pressure.in-stale{fill:var(--pressure)}
.at-dots{fill:var(--unknown)}
.at-restart{stroke:var(--link);stroke-width:1.25;stroke-dasharray:4 3;fill:none}
.at-gone,.at-come{fill:var(--text);stroke:var(--text);stroke-width:.6}
.at-drop{fill:var(--max);stroke:var(--panel);stroke-width:2;paint-order:stroke}
.axis .at-word{fill:var(--text2);font-size:11px;text-anchor:middle;font-variant-numeric:tabular-nums}
.axis .at-tick{stroke:var(--b3);fill:none}
.axis-place{display:none}
.timed .axis-place{display:block;height:16px}
.timed .ack,.timed .basis{display:none}
.timed .ev{width:99%;min-width:260px}
.spans{display:inline-flex;gap:4px}
.spans .btn[aria-pressed=true]{background:var(--sel);border-color:var(--link)}
.find input{
  font:inherit;font-size:12px;min-height:24px;width:150px;color:var(--text);background:var(--canvas);
  border:1px solid var(--b2);border-radius:6px;padding:0 8px
}
.find input::placeholder{color:var(--text2);opacity:1}
.found{padding:4px 12px 8px;border-bottom:1px solid var(--b1);font-size:12px}
.found li{display:flex;gap:8px;align-items:center}
.t .id a{color:inherit;text-decoration:none}
.t .id a:hover{text-decoration:underline;color:var(--link)}
.bars{padding:4px 12px 8px;font-size:12px;display:grid;gap:3px}
.bars li{
  display:grid;grid-template-columns:170px minmax(0,320px) 56px;gap:8px;align-items:center
}
.bars .word{color:var(--text2)}
.bars .bar{background:var(--max);height:8px;min-width:2px}
.bars b{font-weight:500;text-align:right}
`;

const MINION = `.view{display:contents}
.card{padding:8px 16px 0}
.crumb{font-size:12px;color:var(--text2);overflow-wrap:anywhere}
.crumb bdi{color:var(--text)}
.card h2{font-size:22px;font-weight:500;line-height:32px;padding:4px 0;overflow-wrap:anywhere}
.card h2:focus{outline:none}
#minion-mark .sw{width:30px;height:20px;margin-right:10px;vertical-align:-3px}
.why{color:var(--text2);padding-bottom:10px;max-width:80ch;overflow-wrap:anywhere}
.figures{
  display:grid;grid-template-columns:repeat(4,minmax(0,1fr));margin:0 -16px;
  border-top:1px solid var(--b1)
}
.figure{display:flex;flex-direction:column-reverse;padding:8px 16px 10px;border-left:1px solid var(--b1)}
.figure:first-child{border-left:0}
.figure dd{font-size:18px;line-height:26px;font-weight:500;color:var(--max)}
.figure dt{font-size:12px;color:var(--text2)}
#minion-strip{min-height:80px}
.list.timed li{display:grid;grid-template-columns:64px minmax(0,1fr);gap:0 10px}
.list.timed time{color:var(--text2)}
#minion-known{
  grid-column:1/-1;display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:12px
}
.minion-events-panel{grid-column:span 2}
`;

const PHONE = `@media (max-width:1100px){
  main{grid-template-columns:minmax(0,1fr)}
  .ports{grid-column:auto;grid-row:auto}
  .scroll{max-height:none}
  .feed .scroll{max-height:432px}
  #minion-known{grid-template-columns:minmax(0,1fr)}
  .minion-events-panel{grid-column:auto}
  .monitor .scroll{overflow-x:auto}
}
@media (max-width:900px){
  .counts{grid-template-columns:repeat(4,minmax(0,1fr));row-gap:6px}
  .count:nth-child(5){border-left:0}
  .long,.opt{display:none}
}
@media (max-width:700px){
  header{padding:10px 12px}
  header .grow{order:2}
  #theme{order:3}
  header p{order:4}
  header h1,header .live{order:1}
  main{padding:8px;gap:8px}
  .count{padding:0 8px 4px}
  .count b{font-size:22px;line-height:30px}
  .count .word{gap:5px;font-size:11px;letter-spacing:0}
  .count small{display:none}
  .line{padding:7px 10px 8px}
  .more{display:block}
  #worst-table thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
  #worst-table,#worst-table tbody{display:block}
  #worst-table tr{
    display:flex;flex-wrap:wrap;align-items:baseline;gap:0 8px;padding:7px 12px;
    border-bottom:1px solid var(--b1)
  }
  #worst-table tr.later{display:none}
  #worst-table.whole tr.later{display:flex}
  #worst-table tr>*{padding:0;border:0;text-align:left;max-width:none}
  #worst-table .st .sw{margin:0}
  #worst-table .st .word{
    position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)
  }
  #worst-table .id{flex:1 1 0}
  #worst-table .for{flex:none}
  #worst-table .ev{order:1;flex:0 0 100%;padding-left:26px}
  #worst-table .fact{order:2;flex:none;color:var(--text2)}
  #worst-table .fact.head{padding-left:26px}
  #worst-table .fact::before{content:attr(data-word) ' '}
  #losses-table thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
  #losses-table,#losses-table tbody{display:block}
  #losses-table tr{
    display:flex;flex-wrap:wrap;align-items:baseline;gap:0 8px;padding:7px 12px;
    border-bottom:1px solid var(--b1)
  }
  #losses-table tr>*{padding:0;border:0;text-align:left;max-width:none}
  #losses-table .id{flex:1 1 0}
  #losses-table .ev{order:2;flex:0 0 100%}
  #losses-table .fact{order:1;color:var(--text2)}
  #losses-table .job{order:3}
  #losses-count{display:none}
  .figures{grid-template-columns:repeat(2,minmax(0,1fr))}
  .figure:nth-child(3){border-left:0}
  .worst .ph{flex-wrap:wrap}
  .bars li{grid-template-columns:120px minmax(0,1fr) 48px}
  #sources-list li{grid-template-columns:14px minmax(0,1fr)}
  #sources-list li>.what{grid-column:2}
  #monitor-rows td{padding:4px}
  #monitor-rows td:nth-child(n+4){overflow-wrap:anywhere}
  footer{padding:4px 12px 20px}
}
@media (prefers-reduced-motion:reduce){
  *{transition:none!important;animation:none!important;scroll-behavior:auto!important}
}
@media print{
  .btn,.skip{display:none}
  .scroll{max-height:none}
}
`;

export const PAGE_STYLE = TOKENS + STATUS_LOOK + FRAME + FLEET + LISTS + STRIPS + MINION + PHONE;
