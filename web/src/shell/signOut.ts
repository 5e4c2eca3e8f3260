import { useQueryClient } from "@tanstack/react-query";
import { addressOf, call } from "../api/client";
import { tellFault } from "../components/actions";

/** Ends the session and leaves; what was known here is forgotten first. */
export function useSignOut(onGone: () => void) {
  const client = useQueryClient();
  return async () => {
    try {
      await call("DELETE", "/api/v1/session");
    } catch (error) {
      tellFault(error);
      return;
    }
    onGone();
    client.clear();
    location.replace(addressOf("/user/login/"));
  };
}
