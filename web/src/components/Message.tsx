import { Anchor, Text } from "@mantine/core";
import type { ReactNode } from "react";
import { Link } from "react-router-dom";
import { text } from "../text";
import { PageFrame } from "./PageFrame";

/** A page that says one thing. */
export function Message({ title, children }: { title: string; children: ReactNode }) {
  return (
    <PageFrame title={title}>
      <Text maw="46rem">{children}</Text>
      <Anchor component={Link} to="/">
        {text.goToStart}
      </Anchor>
    </PageFrame>
  );
}
