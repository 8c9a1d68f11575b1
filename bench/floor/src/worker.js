// The floor as the runtime sees it: its object is called as the gate calls its own.
import { DurableObject } from "cloudflare:workers";
import floor, { AccountObject as Account } from "./index.js";

export class AccountObject extends DurableObject {
  constructor(state, env) {
    super(state, env);
    this.account = new Account(state, env);
  }

  answer(message) {
    return this.account.answer(message);
  }
}
export default floor;
