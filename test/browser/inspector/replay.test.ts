import type { Page } from "playwright-core";
import { expect, it } from "vitest";
import { InspectorPage, useBrowser } from "./inspector_page.ts";
import { heartbeatFrame, messageFrame, snapshotFrame, writeCapture } from "./made_frames.ts";
