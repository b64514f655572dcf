// kube-proxy's rules on a node, as the tool of the proxy mode prints them. Lines that come from a field of a Service lead to
// that line of the manifest, and light the Service.

import type { RuleOrigin, RulesAnswer } from "../dto.ts";
import { type Child, h } from "../dom.ts";
import { field, hint, type InspectHost, type Panel, pointing, serviceName, serviceOptions, setOptions, type Subject } from "./panel.ts";

const MODES = [
  { value: "iptables", label: "iptables-save" },
  { value: "nftables", label: "nft list" },
  { value: "ipvs", label: "ipvsadm -Ln" },
];

/** Rules of more lines than this are cut: nobody reads them in a narrow column. */
const MOST = 1500;

const ALL = "";

export class RulesPanel implements Panel {
  readonly title = "Rules";
  readonly element = h("div", { class: "panel" });
  private readonly node = h("select", {});
  private readonly mode = h("select", {}, ...MODES.map(({ value, label }) => h("option", { value }, label)));
  private readonly service = h("select", {});
  private readonly body = h("div", { class: "panel-body" });
  private turn = 0;

  constructor(
    private readonly host: InspectHost,
    onService: (id: string) => void,
  ) {
    this.service.addEventListener("change", () => {
      if (this.service.value !== ALL) onService(this.service.value);
      void this.ask();
    });
    for (const select of [this.node, this.mode]) select.addEventListener("change", () => void this.ask());
    this.element.append(
      h("div", { class: "panel-head" }, field("Service", this.service), field("on", this.node), field("as", this.mode)),
      this.body,
    );
  }

  async show({ view, service }: Subject): Promise<void> {
    setOptions(this.node, view.picture.nodes.map(({ name }) => ({ value: name, label: name })), null);
    const wanted = this.service.value === ALL && this.service.options.length > 0 ? ALL : service;
    setOptions(this.service, [...serviceOptions(view.picture.services), { value: ALL, label: "all" }], wanted);
    await this.ask();
  }

  private async ask(): Promise<void> {
    this.turn += 1;
    const turn = this.turn;
    const service = this.service.value === ALL ? {} : { service: serviceName(this.service.value) };
    const answer = await this.host.query<RulesAnswer>({ kind: "rules", node: this.node.value, mode: this.mode.value, ...service });
    if (turn !== this.turn) return;
    if ("error" in answer) this.body.replaceChildren(hint(answer.error));
    else if (answer.text.trim() === "") this.body.replaceChildren(hint("No rules: kube-proxy does nothing for this Service here."));
    else this.body.replaceChildren(this.listing(answer));
  }

  private listing({ text, origins }: RulesAnswer): HTMLElement {
    const lines = text.replace(/\n$/, "").split("\n");
    const parts: Child[] = [];
    let next = 1;
    const upTo = (line: number): void => {
      if (line > next) parts.push(`${lines.slice(next - 1, line - 1).join("\n")}\n`);
    };
    for (const origin of origins) {
      if (origin.first > MOST) break;
      upTo(origin.first);
      parts.push(this.block(origin, lines));
      next = origin.last + 1;
    }
    upTo(Math.min(lines.length, MOST) + 1);
    if (lines.length > MOST) parts.push(`… and ${lines.length - MOST} more lines`);
    return h("pre", { class: "rules", tabindex: 0, "aria-label": "kube-proxy's rules" }, h("code", {}, ...parts));
  }

  private block({ first, last, object, line }: RuleOrigin, lines: readonly string[]): HTMLElement {
    const text = `${lines.slice(first - 1, last).join("\n")}\n`;
    const lit = pointing(this.host, [object]);
    if (!line) return h("span", { class: "rule-block", ...lit }, text);
    const title = `${object}: ${line.field}, line ${line.range.line}`;
    return h("button", { type: "button", class: "rule-block", title, onclick: () => this.host.onLine(line.range), ...lit }, text);
  }
}
