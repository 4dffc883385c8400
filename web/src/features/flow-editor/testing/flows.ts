import type { Catalogue, NodeType, PortType } from "../model/catalogue";
import type { FlowDocument } from "../model/document";
import type { Schema } from "../model/schema";

const port = (id: string, en: string, vi = en, required = true): PortType => ({ id, label: { vi, en }, required });

const NAME: Schema = { type: "string", default: "", label: { vi: "Tên khối", en: "Name" } };

function type(
  name: string,
  [vi, en]: [string, string],
  category: string,
  ports: PortType[],
  properties: Record<string, Schema> = {},
  more: Partial<NodeType> = {},
): NodeType {
  return {
    type: name,
    label: { vi, en },
    help: { vi: `${vi}.`, en: `${en}.` },
    category,
    icon: "volume",
    decoration: false,
    ports: { static: ports, dynamic: null },
    defaults: {},
    schema: { type: "object", properties: { name: NAME, ...properties } },
    ...more,
  };
}

const PROMPTS: Schema = { format: "prompts", type: "object", label: { vi: "Lời chào", en: "Greeting" } };

/** Five node types, enough to draw a flow with a menu. */
export const CATALOGUE: Catalogue = {
  categories: [
    { id: "flow", label: { vi: "Luồng", en: "Flow" } },
    { id: "talk", label: { vi: "Nói", en: "Talk" } },
    { id: "ask", label: { vi: "Hỏi", en: "Ask" } },
    { id: "end", label: { vi: "Kết thúc", en: "End" } },
  ],
  types: [
    type("start", ["Bắt đầu", "Start"], "flow", [port("next", "Next"), port("error", "Error", "Lỗi", false)]),
    type("note", ["Ghi chú", "Note"], "flow", [], { text: { type: "string", maxLength: 4000 } }, { decoration: true }),
    type("play", ["Phát lời thoại", "Play"], "talk", [port("next", "Next", "Tiếp theo")], { prompts: PROMPTS }),
    type(
      "menu",
      ["Menu phím bấm", "Menu"],
      "ask",
      [port("no_input", "No input"), port("invalid", "Invalid")],
      {
        prompts: PROMPTS,
        options: {
          type: "array",
          label: { vi: "Lựa chọn", en: "Options" },
          items: {
            type: "object",
            required: ["keys"],
            properties: {
              keys: { type: "string", pattern: "^[0-9*#]{1,8}$", label: { vi: "Phím", en: "Keys" } },
              label: { type: "string", default: "", label: { vi: "Tên lựa chọn", en: "Label" } },
            },
          },
        },
        strict: { type: "boolean", default: false, label: { vi: "Nhận phím ngay", en: "Take keys at once" } },
        no_input_s: {
          type: "number",
          default: 7,
          minimum: 1,
          maximum: 60,
          label: { vi: "Chờ bấm phím (giây)", en: "Wait for a key (s)" },
        },
      },
      {
        ports: {
          static: [port("no_input", "No input"), port("invalid", "Invalid")],
          dynamic: { setting: "options", id_field: "keys", label_field: "label" },
        },
      },
    ),
    type("hangup", ["Gác máy", "Hang up"], "end", [], { prompts: PROMPTS }),
  ],
  expressions: { variables: ["caller_number", "language"], filters: ["default", "upper"], functions: [] },
};

/** A start, a menu with two keys, and a goodbye. */
export function menuFlow(): FlowDocument {
  return {
    schema_version: 1,
    id: "hotline",
    name: "Hotline",
    version: 3,
    description: "",
    kind: "call",
    default_language: "vi",
    languages: ["vi", "en"],
    timezone: "Asia/Ho_Chi_Minh",
    variables: {},
    nodes: [
      { id: "start", type: "start", position: { x: 0, y: 0 }, data: { name: "Bắt đầu" } },
      {
        id: "menu",
        type: "menu",
        position: { x: 300, y: 0 },
        data: {
          name: "Menu chính",
          options: [
            { keys: "1", label: "Bán hàng" },
            { keys: "2", label: "Bảo hành" },
          ],
        },
      },
      { id: "bye", type: "hangup", position: { x: 600, y: 0 }, data: { name: "Tạm biệt" } },
    ],
    edges: [
      { id: "start-next", source: "start", sourceHandle: "next", target: "menu" },
      { id: "menu-1", source: "menu", sourceHandle: "1", target: "bye" },
      { id: "menu-2", source: "menu", sourceHandle: "2", target: "bye" },
      { id: "menu-no_input", source: "menu", sourceHandle: "no_input", target: "bye" },
    ],
  };
}
