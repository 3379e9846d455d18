/** Of the status page: the workbench's colours (page/page.css), in one column on a telephone. */
export const STATUS_STYLE = `
:root { color-scheme: light dark; --paper: #eef3f3; --panel: #fbfdfd; --ink: #10262e; --quiet: #48616b; --line: #c9d6d9;
  --accent: #08687d; --well: #0b6b3a; --well-paper: #dff3e6; --warn: #7a4a00; --warn-paper: #fff3d9; --bad: #9c1f2e; --bad-paper: #fdecec; }
@media (prefers-color-scheme: dark) { :root { --paper: #09141a; --panel: #0f1f26; --ink: #e2eef0; --quiet: #9ab2ba; --line: #2a414a;
  --accent: #5accdf; --well: #7fe0a6; --well-paper: #10291c; --warn: #f5c469; --warn-paper: #2b2410; --bad: #ff9a9a; --bad-paper: #2f1618; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1200px; padding: 16px clamp(12px, 3vw, 32px); background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
h1 { font-size: 20px; margin: 0; }
h2 { display: flex; flex-wrap: wrap; gap: 4px 12px; align-items: center; justify-content: space-between; font-size: 17px; margin: 0; }
p { margin: 6px 0; }
small { color: var(--quiet); font-size: 13px; }
a { color: var(--accent); }
.sum { padding: 10px 14px; border-radius: 8px; font-size: 17px; font-weight: 600; }
.sum.well { background: var(--well-paper); color: var(--well); }
.sum.bad, .note.bad { background: var(--bad-paper); color: var(--bad); }
main { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 380px), 1fr)); gap: 16px; margin: 16px 0; }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 10px; padding: 14px 16px; min-width: 0; }
.wide { grid-column: 1 / -1; }
.state { font-size: 13px; font-weight: 600; padding: 2px 10px; border-radius: 99px; }
.state.well { background: var(--well-paper); color: var(--well); }
.state.wait { background: var(--warn-paper); color: var(--warn); }
.state.bad { background: var(--bad-paper); color: var(--bad); }
.note { background: var(--warn-paper); color: var(--warn); border-radius: 6px; padding: 6px 10px; }
.quiet, footer { color: var(--quiet); }
dl { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 8px; margin: 12px 0; }
dt { color: var(--quiet); font-size: 13px; }
dd { margin: 0; font-weight: 600; }
dd small { font-weight: 400; display: block; }
table { width: 100%; border-collapse: collapse; }
th { overflow-wrap: normal; text-align: left; font-size: 13px; font-weight: 600; color: var(--quiet); }
th, td { padding: 5px 10px 5px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tbody tr:last-child td { border-bottom: 0; }
.number { text-align: right; padding-right: 16px; }
@media (max-width: 480px) { th { font-size: 12px; } .number { padding-right: 10px; } th, td { padding-right: 6px; } }
td:first-child { overflow-wrap: break-word; }
td.bad, .problem td { color: var(--bad); }
.problem td { font-size: 13px; }
details { margin-top: 8px; }
summary { cursor: pointer; color: var(--quiet); }
ul { margin: 6px 0; padding-left: 20px; }
`;
