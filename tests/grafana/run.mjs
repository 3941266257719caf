// Judge dashboards and PromQL: {"dashboards": {NAME: DASHBOARD}, "expressions": [EXPR]} on standard
// input; on standard output {"dashboards": [PROBLEM], "expressions": {EXPR: [METRIC] or null}}.
//
// A dashboard is judged by the TypeScript compiler, as a literal of the type that Grafana publishes,
// with each panel's options and custom fields by its own type, and each query by Prometheus' type.
// An expression is null where it does not parse, else the names of the metrics in it.
import { readFileSync } from "node:fs";
import { parser } from "@prometheus-io/lezer-promql";
import ts from "typescript";

const composable = `${process.cwd()}/node_modules/@grafana/schema/dist/types/raw/composable`;
const panels = { heatmap: "Heatmap", stat: "Stat", "state-timeline": "StateTimeline", timeseries: "TimeSeries" };
const literal = JSON.stringify;

// JSON has a string where the types have an enum of strings.
const head = `
import type { Dashboard, Panel, RowPanel } from "@grafana/schema";
import type { Dataquery } from "@grafana/grafana-foundation-sdk/prometheus";
type Json<T> = T extends string ? \`\${T}\` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;
type Query = Omit<Dataquery, "_implementsDataqueryVariant">;
type Shown<Options, Custom> = Json<Omit<Panel, "options" | "targets">> & {
  options: Json<Options>;
  fieldConfig: { defaults: { custom?: Json<Custom> } };
  targets: Json<Query>[];
};
type Whole = Json<Omit<Dashboard, "panels">> & { panels: unknown[] };
`;

function typed(name, panel) {
  if (panel.type === "row") return `export const ${name}: Json<RowPanel> = ${literal(panel)};`;
  const type = panels[panel.type] ?? "Unknown";
  const module = `${composable}/${type.toLowerCase()}/panelcfg/x/${type}PanelCfg_types.gen`;
  // A stat has no custom fields, and so no type for them.
  return `import type * as ${name}T from "${module}";
export const ${name}: Shown<${name}T.Options, ${type === "Stat" ? "{}" : `${name}T.FieldConfig`}> =
  ${literal(panel)};`;
}

function source(dashboard) {
  const parts = dashboard.panels.map((panel, number) => typed(`p${number}`, panel));
  return [head, ...parts, `export const whole: Whole = ${literal(dashboard)};`].join("\n");
}

function judged(dashboards) {
  const files = Object.fromEntries(
    Object.entries(dashboards).map(([name, each]) => [`${process.cwd()}/${name}.ts`, source(each)]),
  );
  const options = {
    ...{ strict: true, noEmit: true, skipLibCheck: true, types: [] },
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (path) => path in files || fileExists(path);
  host.getSourceFile = (path, version) =>
    path in files ? ts.createSourceFile(path, files[path], version) : getSourceFile(path, version);
  const program = ts.createProgram(Object.keys(files), options, host);
  return ts.getPreEmitDiagnostics(program).map((each) => {
    const near = each.file?.text.slice(each.start, each.start + 60);
    return `${each.file?.fileName}: ${ts.flattenDiagnosticMessageText(each.messageText, " ")} (${near})`;
  });
}

function metrics(expression) {
  const found = [];
  let wrong = false;
  parser.parse(expression).iterate({
    enter(node) {
      wrong ||= node.type.isError;
      const selects = node.name === "Identifier" && node.node.parent.name === "VectorSelector";
      if (selects) found.push(expression.slice(node.from, node.to));
    },
  });
  return wrong ? null : found;
}

const given = JSON.parse(readFileSync(0));
const expressions = Object.fromEntries(given.expressions.map((each) => [each, metrics(each)]));
process.stdout.write(literal({ dashboards: judged(given.dashboards), expressions }));
