// NetworkPolicies and what they let through: a matrix of workloads. A policy can be switched off here without touching the
// text; the cells that this changes are marked. A cell sends the connection it stands for, so that the trace says why.

import type { PolicyView } from "../dto.ts";
import { counted, h } from "../dom.ts";
import { hint, type InspectHost, lineLink, type Panel, pointing, type Subject } from "./panel.ts";
import { type Party, type Question, questionOf, type Reach, reachOf } from "./reach.ts";

type Matrix = { matrix: string[][] };

const SIGNS: Record<Reach, string> = { all: "●", some: "◐", none: "–", closed: "" };
const WORDS: Record<Reach, string> = { all: "allowed", some: "allowed on some ports", none: "denied", closed: "nothing listens" };

export class PoliciesPanel implements Panel {
  readonly title = "Policies";
  readonly element = h("div", { class: "panel" });
  private readonly list = h("ul", { class: "policies", "aria-label": "NetworkPolicies" });
  private readonly body = h("div", { class: "panel-body" });
  private subject: Subject | null = null;
  /** Policies that are taken for switched off. */
  private readonly off = new Set<string>();
  private turn = 0;

  constructor(private readonly host: InspectHost) {
    this.element.append(this.list, this.body);
  }

  async show(subject: Subject): Promise<void> {
    this.subject = subject;
    const { policies } = subject.view.picture;
    for (const id of this.off) if (!policies.some((policy) => policy.id === id)) this.off.delete(id);
    this.list.replaceChildren(...policies.map((policy) => this.item(policy, subject)));
    await this.ask();
  }

  private item(policy: PolicyView, { files }: Subject): HTMLElement {
    const { id, name, pods, ingress, egress, range } = policy;
    const directions = [ingress && "ingress", egress && "egress"].filter(Boolean).join(" and ");
    const box = h("input", { type: "checkbox", checked: !this.off.has(id), disabled: range === null });
    box.addEventListener("change", () => {
      if (box.checked) this.off.delete(id);
      else this.off.add(id);
      void this.ask();
    });
    return h(
      "li",
      pointing(this.host, [id, ...pods]),
      h("label", { title: "Uncheck to see what would change without it" }, box, " ", h("strong", {}, name)),
      h("span", { class: "quiet" }, ` isolates ${counted(pods.length, "pod")} for ${directions || "nothing"} `),
      range && lineLink(range, files, this.host),
    );
  }

  private async ask(): Promise<void> {
    const { subject } = this;
    if (!subject) return;
    const { policies } = subject.view.picture;
    const question = questionOf(subject.view);
    if (policies.length === 0 || !question) {
      this.body.replaceChildren(hint(policies.length ? "Nothing listens yet." : "No NetworkPolicy: everybody may reach everybody."));
      return;
    }
    this.turn += 1;
    const turn = this.turn;
    const answer = await this.host.query<Matrix>(question.query);
    const without = [...this.off];
    const changed = without.length ? await this.host.queryWithout<Matrix>(without, question.query) : null;
    if (turn !== this.turn) return;
    if ("error" in answer) this.body.replaceChildren(hint(answer.error));
    else if (changed && "error" in changed) this.body.replaceChildren(hint(changed.error));
    else this.body.replaceChildren(this.table(question, reachOf(question, answer.matrix), changed && reachOf(question, changed.matrix)));
  }

  private table(question: Question, now: Reach[][], without: Reach[][] | null): HTMLElement {
    const { parties } = question;
    // Those that policies isolate come first: theirs are the columns that say something.
    const open = (index: number): number => now.filter((row) => row[index] === "all").length;
    const targets = parties.map((party, index) => ({ party, index })).filter(({ party }) => party.ports.length > 0);
    targets.sort((a, b) => open(a.index) - open(b.index));
    const head = h("tr", {}, h("td", {}), ...targets.map(({ party }) => h("th", { scope: "col" }, h("span", {}, party.label))));
    const rows = parties.map((from, row) =>
      h(
        "tr",
        {},
        h("th", { scope: "row" }, from.label),
        ...targets.map(({ party, index }) => this.cell(from, party, now[row]?.[index] ?? "closed", without?.[row]?.[index] ?? null)),
      ),
    );
    const caption = h("caption", {}, "Who may reach whom", h("span", { class: "quiet" }, " rows send, columns receive"));
    return h("div", { class: "matrix-scroll", tabindex: 0, role: "group", "aria-label": "Who may reach whom" }, h("table", { class: "matrix" }, caption, h("thead", {}, head), h("tbody", {}, ...rows)));
  }

  private cell(from: Party, to: Party, now: Reach, without: Reach | null): HTMLElement {
    const shown = without ?? now;
    const changed = without !== null && without !== now;
    const port = to.ports[0];
    const words = `${from.label} to ${to.label}: ${changed ? `would be ${WORDS[shown]}` : WORDS[shown]}`;
    const send = (): void => {
      if (port && to.address) this.host.send(from.id, `${port.protocol.toLowerCase()}://${bracketed(to.address)}:${port.port}`);
    };
    return h(
      "td",
      {},
      h(
        "button",
        { type: "button", "data-reach": shown, "data-changed": changed, title: words, "aria-label": words, onclick: send, ...pointing(this.host, [from.id, to.id]) },
        SIGNS[shown],
      ),
    );
  }
}

function bracketed(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}
