/** How the summary of a day looks, on a screen in light and dark and on paper. */
export const SUMMARY_STYLE = `
:root{--back:#fbfbfa;--card:#fff;--text:#1c1f23;--soft:#5f6771;--line:#dfe2e6;--plain:#4a6fa5;--good:#1f7a4d;--bad:#b3261e;--wait:#9a6700;--alert:#fdecea}
@media (prefers-color-scheme:dark){:root{--back:#14171a;--card:#1c2024;--text:#e8eaed;--soft:#9aa3ad;--line:#343a41;--plain:#7fa6dd;--good:#5fc08e;--bad:#ff8a80;--wait:#e3b341;--alert:#3b1f1d}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:15px/1.5 system-ui,-apple-system,"Segoe UI","Noto Sans KR","Apple SD Gothic Neo",sans-serif}
main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.6rem;margin:0;display:flex;flex-wrap:wrap;gap:.75rem;align-items:center}
h2{font-size:1.05rem;margin:0 0 .75rem}
section{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1rem 1.25rem;margin:1rem 0;min-width:0}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(24rem,1fr));gap:0 1rem}
.note{color:var(--soft);margin:.35rem 0 0}
.badge{font-size:.85rem;font-weight:600;border:1px solid currentColor;border-radius:999px;padding:.1rem .7rem}
.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
.needs{background:var(--alert);border-color:var(--bad)}
.needs .due{white-space:nowrap}
.calm{background:var(--card);border:1px solid var(--good);border-radius:8px;padding:.75rem 1.25rem;color:var(--good);font-weight:600}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:500;color:var(--soft);padding:.4rem .75rem .4rem 0;vertical-align:baseline}
td{padding:.4rem .75rem .4rem 0;vertical-align:baseline;font-variant-numeric:tabular-nums}
tr+tr{border-top:1px solid var(--line)}
.sums{list-style:none;margin:0;padding:0}.sums li{padding:.4rem 0}.sums li+li{border-top:1px solid var(--line)}
.sum{margin:.1rem 0;line-height:1.8;font-variant-numeric:tabular-nums}.addend,.verdict{white-space:nowrap}.sign{color:var(--soft);padding:0 .25rem;font-weight:600}.verdict{padding-left:.75rem;font-size:.9rem}
.number{text-align:right}.hash{font-family:ui-monospace,monospace;font-size:.85rem;color:var(--soft)}
svg text{fill:var(--text);font:13px system-ui,-apple-system,"Segoe UI","Noto Sans KR",sans-serif}
svg .figure{font-variant-numeric:tabular-nums;fill:var(--soft)}
rect.plain{fill:var(--plain)}rect.good{fill:var(--good)}rect.bad{fill:var(--bad)}rect.wait{fill:var(--wait)}
@media print{section{break-inside:avoid}}
@media (max-width:34rem){.pair{grid-template-columns:1fr}}
`;
