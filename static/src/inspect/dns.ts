// What a pod's resolver sends for a name, question by question, and what comes back.

import type { DnsAnswer, DnsRecord } from "../dto.ts";
import { h } from "../dom.ts";
import { field, hint, type InspectHost, type Panel, setOptions, type Subject } from "./panel.ts";

const TYPES = ["A", "AAAA", "SRV", "CNAME", "PTR", "TXT"];

export class DnsPanel implements Panel {
  readonly title = "DNS";
  readonly element = h("div", { class: "panel" });
  private readonly from = h("select", {});
  private readonly name = h("input", { type: "text", autocomplete: "off", autocapitalize: "off", spellcheck: "false" });
  private readonly type = h("select", {}, ...TYPES.map((type) => h("option", {}, type)));
  private readonly body = h("div", { class: "panel-body", role: "status" });
  private subject: Subject | null = null;
  /** Whether a person wrote the name; until then it follows the request. */
  private written = false;
  private turn = 0;

  constructor(private readonly host: InspectHost) {
    const look = (event: Event): void => {
      event.preventDefault();
      void this.ask();
    };
    this.element.append(
      h(
        "form",
        { class: "panel-head", "aria-label": "Look up a name", onsubmit: look },
        field("from", this.from),
        field("name", this.name),
        field("type", this.type),
        h("button", { type: "submit", class: "button small" }, "Look up"),
      ),
      this.body,
    );
    this.name.addEventListener("input", () => (this.written = true));
    for (const select of [this.from, this.type]) select.addEventListener("change", () => void this.ask());
  }

  async show(subject: Subject): Promise<void> {
    const first = this.subject === null;
    this.subject = subject;
    // Outside the cluster there is no cluster DNS to look at.
    const peers = subject.view.peers.filter(({ peer }) => peer.ip === undefined);
    const sender = peers.some(({ id }) => id === subject.from) ? subject.from : null;
    setOptions(this.from, peers.map(({ id, label }) => ({ value: id, label })), first ? sender : null);
    if (!this.written) this.name.value = hostOf(subject);
    await this.ask();
  }

  private async ask(): Promise<void> {
    const peer = this.subject?.view.peers.find(({ id }) => id === this.from.value)?.peer;
    const name = this.name.value.trim();
    if (!peer || !name) {
      this.body.replaceChildren(hint(peer ? "Write a name to look up." : "There is no pod that could look up a name."));
      return;
    }
    this.turn += 1;
    const turn = this.turn;
    const answer = await this.host.query<DnsAnswer>({ kind: "dns", from: peer, name, type: this.type.value });
    if (turn !== this.turn) return;
    if ("error" in answer) this.body.replaceChildren(hint(answer.error));
    else this.body.replaceChildren(...drawn(answer));
  }
}

/** The host of the request, where it is a name; or the first Service's. */
function hostOf({ view, url }: Subject): string {
  const host = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/:?#[\]]+)/i.exec(url)?.[1] ?? "";
  if (host && !/^[\d.]+$/.test(host)) return host;
  const service = view.picture.services.find(({ system, service_type: type }) => !system && type !== "LoadBalancer");
  return service ? `${service.name}.${service.namespace}` : "kubernetes.default";
}

function drawn(answer: DnsAnswer): HTMLElement[] {
  const well = answer.rcode === "NOERROR" && answer.answers.length > 0;
  const questions = answer.queries.map(({ name, type, rcode }) =>
    h("li", {}, h("code", {}, name), " ", h("span", { class: "quiet" }, type), " ", h("span", { class: "end", "data-good": rcode === "NOERROR" }, rcode)),
  );
  return [
    h("p", { class: "panel-verdict" }, h("span", { class: "end", "data-good": well }, answer.rcode), answer.detail && ` ${answer.detail}`),
    h("h3", {}, "What the resolver sends, in order"),
    questions.length ? h("ol", { class: "questions" }, ...questions) : hint("Nothing: no name server is asked for this name."),
    ...records("Answers", answer.answers),
    ...records("Additional records", answer.additional),
  ];
}

function records(title: string, list: readonly DnsRecord[]): HTMLElement[] {
  if (list.length === 0) return [];
  const rows = list.map(({ name, ttl, type, data }) =>
    h("li", {}, h("code", {}, name), h("span", { class: "quiet" }, ` ${ttl} s ${type} `), h("code", {}, data)),
  );
  return [h("h3", {}, title), h("ul", { class: "records" }, ...rows)];
}
