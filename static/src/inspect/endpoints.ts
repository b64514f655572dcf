// What a Service leads to: the addresses of its EndpointSlices, and whether each may be used.

import type { EndpointAddress, EndpointsAnswer } from "../dto.ts";
import { h } from "../dom.ts";
import { field, hint, type InspectHost, lineLink, type Panel, pointing, serviceName, serviceOptions, setOptions, type Subject } from "./panel.ts";

export class EndpointsPanel implements Panel {
  readonly title = "Endpoints";
  readonly element = h("div", { class: "panel" });
  private readonly service = h("select", {});
  private readonly body = h("div", { class: "panel-body" });
  private subject: Subject | null = null;

  constructor(
    private readonly host: InspectHost,
    onService: (id: string) => void,
  ) {
    this.service.addEventListener("change", () => {
      onService(this.service.value);
      void this.ask();
    });
    this.element.append(h("div", { class: "panel-head" }, field("Service", this.service)), this.body);
  }

  async show(subject: Subject): Promise<void> {
    this.subject = subject;
    setOptions(this.service, serviceOptions(subject.view.picture.services), subject.service);
    await this.ask();
  }

  private async ask(): Promise<void> {
    const id = this.service.value;
    const service = this.subject?.view.picture.services.find((candidate) => candidate.id === id);
    if (!service || !this.subject) {
      this.body.replaceChildren(hint("There is no Service."));
      return;
    }
    const answer = await this.host.query<EndpointsAnswer>({ kind: "endpoints", service: serviceName(id) });
    if (id !== this.service.value) return;
    const { files } = this.subject;
    const facts = h(
      "p",
      { class: "panel-facts" },
      h("span", {}, [service.service_type, ...service.cluster_ips, ...service.external_ips].join(" · ")),
      ...service.ports.map((port) => h("code", {}, port)),
      service.range && lineLink(service.range, files, this.host),
    );
    if ("error" in answer) this.body.replaceChildren(facts, hint(answer.error));
    else if (answer.addresses.length === 0) this.body.replaceChildren(facts, hint(emptyWords(service.service_type)));
    else this.body.replaceChildren(facts, this.table(answer.addresses, service.namespace));
  }

  private table(addresses: readonly EndpointAddress[], namespace: string): HTMLElement {
    const row = (address: EndpointAddress): HTMLElement => {
      const pod = address.pod === null ? null : `Pod/${namespace}/${address.pod}`;
      const [word, good] = condition(address);
      return h(
        "li",
        { class: "endpoint", ...(pod ? pointing(this.host, [pod]) : {}) },
        h("code", {}, `${address.ip.includes(":") ? `[${address.ip}]` : address.ip}${address.port === null ? "" : `:${address.port}`}`),
        h("span", { class: "end", "data-good": good }, word),
        h("span", { class: "quiet" }, [address.port_name, address.protocol].filter(Boolean).join(" ")),
        h("span", { class: "panel-where" }, [address.pod, address.node && `on ${address.node}`, hints(address)].filter(Boolean).join(" · ")),
      );
    };
    return h("ul", { class: "endpoints", "aria-label": "Endpoints" }, ...addresses.map(row));
  }
}

function condition({ ready, serving, terminating }: EndpointAddress): [string, boolean] {
  if (terminating) return [serving ? "terminating, still serving" : "terminating", false];
  return ready ? ["ready", true] : ["not ready", false];
}

function hints({ zone_hints: zones, node_hints: nodes }: EndpointAddress): string {
  const named = [...(zones ?? []), ...(nodes ?? [])];
  return named.length ? `for ${named.join(", ")}` : "";
}

function emptyWords(type: string): string {
  return type === "ExternalName"
    ? "A Service of type ExternalName has no endpoints: it is an alias in DNS."
    : "No endpoints: no pod matches the selector, or none has an address yet.";
}
