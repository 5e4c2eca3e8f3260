import { ConfirmProvider } from "../components/Confirm";
import { SessionGate } from "./SessionGate";
import { Shell } from "./Shell";

export function Root() {
  return (
    <SessionGate>
      <ConfirmProvider>
        <Shell />
      </ConfirmProvider>
    </SessionGate>
  );
}
