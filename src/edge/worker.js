// The Worker as the runtime sees it: the gate, and its objects as classes that are called without HTTP in between, which the
// runtime allows only of those that extend its own.
import { DurableObject } from "cloudflare:workers";
import gate, { AccountObject as Account, ShardObject as Shard } from "./index.js";

const called = (Machine) => class extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.machine = new Machine(state, env);
  }

  answer(message) {
    return this.machine.answer(message);
  }

  alarm() {
    return this.machine.alarm();
  }
};

export const AccountObject = called(Account);
export const ShardObject = called(Shard);
export default gate;
