// The clusters that the playground offers to start from.

import type { SourceFile } from "./dto.ts";
import broken from "../samples/broken-selector.yaml";
import namespaces from "../samples/two-namespaces.yaml";
import rollout from "../samples/rollout.yaml";
import policies from "../samples/shop-policies.yaml";
import shop from "../samples/shop.yaml";
import sidecar from "../samples/sidecar.yaml";
import tickets from "../samples/tickets.yaml";

/** A cluster to start from. */
export interface Sample {
  title: string;
  about: string;
  files: SourceFile[];
}

export const SAMPLES: readonly Sample[] = [
  {
    title: "Shop",
    about: "A web tier, an API and a database, each behind its Service",
    files: [{ name: "shop.yaml", text: shop }],
  },
  {
    title: "Shop with a closed door",
    about: "The same, and a NetworkPolicy that lets the wrong pods in",
    files: [
      { name: "shop.yaml", text: shop },
      { name: "policies.yaml", text: policies },
    ],
  },
  {
    title: "Tickets",
    about: "A dozen Services behind one load balancer, with databases that let only their own in",
    files: [{ name: "tickets.yaml", text: tickets }],
  },
  {
    title: "A selector that matches nothing",
    about: "A Service whose labels are almost right",
    files: [{ name: "greeter.yaml", text: broken }],
  },
  {
    title: "Two namespaces",
    about: "One team calls another across namespaces",
    files: [{ name: "teams.yaml", text: namespaces }],
  },
  {
    title: "Two containers, one pod",
    about: "A proxy in front of an application on localhost",
    files: [{ name: "sidecar.yaml", text: sidecar }],
  },
  {
    title: "A rollout under load",
    about: "Four pods to restart while somebody calls them",
    files: [{ name: "rollout.yaml", text: rollout }],
  },
];
