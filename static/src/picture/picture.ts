// The picture of a cluster: takes views, answers and positions from the page, and keeps one SVG in step with them.

import type { RequestAnswer, View } from "../dto.ts";
import { h } from "../dom.ts";
import { Chooser } from "./choosing.ts";
import { cropped } from "./crop.ts";
import { type Fitted, fittingLayout, sameChoice } from "./fitting.ts";
import { pathData } from "./geometry.ts";
import { type Band, type Capsule, type Folded, OUTSIDE, type Space, type Station, type Wire } from "./layout.ts";
import { idsOf } from "./object.ts";
import { createCapsule, createService, updateCapsule, updateService } from "./roundel.ts";
import { routeOf } from "./route.ts";
import { createStation, updateStation } from "./station.ts";
import * as around from "./surroundings.ts";
import { Keyed, lineClass, setAll, setText, svg } from "./svg.ts";
import { Train } from "./train.ts";
import { Viewport } from "./viewport.ts";

/** What the picture asks of the page. */
export interface PictureHost {
  onSelect(objectId: string): void;
}

const LAYERS = ["bands", "spaces", "calls", "branches", "capsules", "route", "services", "pods", "labels", "barriers", "edges", "train"] as const;
type Layer = (typeof LAYERS)[number];

/** The label of the whole. */
function summary(view: View): string {
  const own = <Item extends { system: boolean }>(items: readonly Item[]): number => items.filter((item) => !item.system).length;
  const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
  const { nodes, services, pods } = view.picture;
  return `The cluster: ${counted(nodes.length, "node")}, ${counted(own(services), "Service")}, ${counted(own(pods), "pod")}`;
}

/** The map of a cluster in an element of the page. */
export class PictureView {
  readonly #viewport: Viewport;
  readonly #chooser: Chooser;
  readonly #train: Train;
  readonly #bands: Keyed<Band>;
  readonly #bandTexts: Keyed<Band>;
  readonly #spaces: Keyed<Space>;
  readonly #calls: Keyed<Wire>;
  readonly #branches: Keyed<Wire>;
  readonly #capsules: Keyed<Capsule>;
  readonly #services: Keyed<Capsule>;
  readonly #pods: Keyed<Station>;
  readonly #folds: Keyed<Folded>;
  readonly #barriers: Keyed<around.Barrier>;
  readonly #edges: SVGGElement;
  readonly #outside: SVGGElement;
  readonly #desk: SVGGElement;
  #view: View | null = null;
  #fitted: Fitted | null = null;
  #answer: RequestAnswer | null = null;
  #lit: readonly string[] = [];
  readonly #note = h("p", { class: "pic-note", role: "status" });

  constructor(root: HTMLElement, host: PictureHost) {
    root.classList.add("picture");
    this.#viewport = new Viewport(root);
    const { map } = this.#viewport;
    const layers = new Map<Layer, SVGGElement>();
    for (const name of LAYERS) {
      const group = svg("g", { class: `pic-${name}` });
      layers.set(name, group);
      map.append(group);
    }
    const layer = (name: Layer): SVGGElement => layers.get(name) ?? svg("g");
    for (const name of ["calls", "branches", "capsules", "route", "labels", "train"] as const) layer(name).setAttribute("aria-hidden", "true");

    this.#train = new Train(layer("route"), layer("train"));
    this.#bands = new Keyed(layer("bands"), around.createBand, around.updateBand);
    this.#bandTexts = new Keyed(layer("labels"), around.createBandText, around.updateBandText);
    this.#spaces = new Keyed(layer("spaces"), around.createSpace, around.updateSpace);
    const wire = (): SVGPathElement => svg("path");
    const updateWire = (kind: string) => (element: SVGElement, item: Wire): void => {
      setAll(element, { class: `pic-wire ${kind} ${lineClass(item.color)}`, d: pathData(item.points) });
    };
    this.#calls = new Keyed(layer("calls"), wire, updateWire("call"));
    this.#branches = new Keyed(layer("branches"), wire, updateWire("branch"));
    this.#capsules = new Keyed(layer("capsules"), createCapsule, updateCapsule);
    this.#services = new Keyed(layer("services"), createService, (element, capsule) => {
      if (this.#fitted !== null) updateService(element, capsule, this.#fitted.layout.metrics);
    });
    this.#pods = new Keyed(layer("pods"), createStation, updateStation);
    this.#folds = new Keyed(
      layer("pods"),
      () => svg("text", { class: "pic-more" }),
      (element, fold) => {
        setAll(element, { x: fold.at.x, y: fold.at.y });
        setText(element, `+${fold.count} more`);
      },
    );
    this.#barriers = new Keyed(layer("barriers"), around.createBarrier, around.updateBarrier);
    this.#edges = layer("edges");
    this.#outside = around.createOutside();
    this.#desk = around.createDesk();
    this.#chooser = new Chooser(map, this.#viewport.scroller, (id) => host.onSelect(id), (id) => this.#attend(id));
    this.#viewport.onMove = (right) => this.#placeBandTexts(right);
    root.append(this.#note);
    new ResizeObserver(() => this.#refit()).observe(root);
  }

  /** Shows a cluster. */
  update(whole: View): void {
    const { view, note } = cropped(whole);
    this.#view = view;
    this.#note.textContent = note;
    this.#viewport.map.setAttribute("aria-label", summary(whole));
    this.#fitted = fittingLayout(view, this.#viewport.room, this.#fitted);
    this.#draw(view, this.#fitted);
  }

  /** Shows the route of an answer, with the train at its end; or no route. */
  showTrace(answer: RequestAnswer | null): void {
    this.#answer = answer;
    this.#drawRoute(Infinity);
  }

  /** Moves the train: whole numbers are hops, fractions lie between two. */
  seek(position: number): void {
    this.#flag("on", this.#train.seek(position));
    if (this.#answer !== null) this.#viewport.reveal(this.#train.at);
  }

  /** Lights objects, and nothing else, and brings the first into sight; a workload's id lights its pods, any `Outside/...` the outside. */
  highlight(ids: readonly string[]): void {
    this.#lit = ids;
    this.#reveal(this.#light());
  }

  /** Lights objects for as long as something that belongs to them is pointed at. */
  point(ids: readonly string[]): void {
    this.#flag("pointed", this.#withPods(ids));
  }

  #light(): Set<string> {
    const lit = this.#withPods(this.#lit);
    this.#flag("lit", lit);
    return lit;
  }

  /** Some ids with those of the pods of workloads among them. */
  #withPods(ids: readonly string[]): Set<string> {
    const all = new Set(ids.map((id) => (id.startsWith(`${OUTSIDE}/`) ? OUTSIDE : id)));
    for (const pod of this.#view?.picture.pods ?? []) if (all.has(pod.workload)) all.add(pod.id);
    return all;
  }

  /** Brings the first Service or pod of some ids into sight. */
  #reveal(ids: ReadonlySet<string>): void {
    const { capsules, stations } = this.#fitted?.layout ?? {};
    for (const id of ids) {
      const capsule = capsules?.get(id);
      const at = capsule === undefined ? stations?.get(id) : { x: capsule.x, y: capsule.roundel };
      if (at !== undefined) return this.#viewport.reveal(at);
    }
  }

  /** The room changed: another shape may suit it better. */
  #refit(): void {
    const view = this.#view;
    if (view === null) return;
    const last = this.#fitted;
    const fitted = fittingLayout(view, this.#viewport.room, last);
    this.#fitted = fitted;
    if (last !== null && sameChoice(fitted.options, last.options)) this.#viewport.refresh();
    else this.#draw(view, fitted);
  }

  #draw(view: View, { layout, options }: Fitted): void {
    const { picture } = view;
    this.#viewport.map.classList.toggle("compact", options.compact);
    this.#bands.set(layout.bands.map((band) => [band.id, band]));
    this.#bandTexts.set(layout.bands.map((band) => [band.id, band]));
    this.#spaces.set(layout.spaces.map((space) => [space.namespace, space]));
    this.#calls.set(layout.calls.map((wire) => [wire.id, wire]));
    this.#branches.set(layout.branches.map((wire) => [wire.id, wire]));
    this.#capsules.set(layout.capsules);
    this.#services.set(layout.capsules);
    this.#pods.set(layout.stations);
    this.#folds.set(layout.folds.map((fold) => [fold.key, fold]));
    this.#barriers.set(around.barriersOf(layout).map((barrier) => [barrier.key, barrier]));
    // Only a cluster has an outside: before the first one the map is empty.
    if (!this.#outside.isConnected) this.#edges.append(this.#outside, this.#desk);
    const outside = view.peers.find((peer) => peer.id.startsWith(`${OUTSIDE}/`));
    around.updateOutside(this.#outside, layout, outside?.id ?? OUTSIDE);
    const desk = picture.services.find((service) => service.system && service.name === "kube-dns");
    around.updateDesk(this.#desk, layout, desk?.id ?? "Service/kube-system/kube-dns", desk?.cluster_ips[0] ?? "");
    this.#viewport.resize(layout.width, layout.height, options.compact);
    this.#drawRoute(this.#train.position);
    this.#light();
    this.#chooser.refresh();
  }

  #drawRoute(position: number): void {
    const view = this.#view;
    const layout = this.#fitted?.layout ?? null;
    const answer = this.#answer;
    if (view === null || layout === null) return;
    const route = answer === null ? null : routeOf(answer.hops, view.picture, layout);
    this.#train.show(route, layout);
    this.#viewport.map.classList.toggle("tracing", route !== null);
    this.#flag("on", this.#train.seek(position));
  }

  /** Gives a class to the objects with some ids, and takes it from all others. */
  #flag(className: string, ids: ReadonlySet<string>): void {
    for (const element of this.#viewport.map.querySelectorAll("[data-id]")) {
      const own = element === this.#outside ? [OUTSIDE] : idsOf(element);
      element.classList.toggle(className, own.some((id) => ids.has(id)));
    }
  }

  /** Shows the calls to and from what the pointer or the focus is at. */
  #attend(id: string | null): void {
    for (const wire of this.#fitted?.layout.calls ?? []) {
      const near = id !== null && (wire.from === id || wire.to === id || (wire.from === OUTSIDE && id.startsWith(`${OUTSIDE}/`)));
      this.#calls.get(wire.id)?.classList.toggle("near", near);
    }
  }

  #placeBandTexts(right: number): void {
    for (const band of this.#fitted?.layout.bands ?? []) {
      const element = this.#bandTexts.get(band.id);
      if (element !== undefined) around.placeBandText(element, band, right);
    }
  }
}
