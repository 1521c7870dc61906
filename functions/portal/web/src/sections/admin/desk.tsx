// The parts of Administration that share most of what they need, loaded with the first of them.

export { Agents, Undeliverable } from "../admin-agents";
export { EntityTree } from "../admin-entities";
export { Recipients, Unfollowed } from "../admin-oversight";
export { Todo } from "./todo";
