/** All that a list of tokens opens, in one part: whoever can make a token can show its secret too. */
export { CreateDialog } from "./CreateDialog";
export { EditDialog } from "./EditDialog";
export { RotateDialog } from "./RotateDialog";
export { SecretDialog } from "./SecretDialog";
export { UsageDialog } from "./UsageDialog";
