import MonitorJSON
import Testing
import VMCore
import VMJSON

@testable import VMSupervisor

@Suite("Block nodes")
struct BlockGraphTests {
    private func node(_ name: String, _ driver: String, _ file: String, bitmaps: [String] = []) -> JSONValue {
        [
            "node-name": .string(name), "drv": .string(driver), "file": .string(file),
            "dirty-bitmaps": .array(
                bitmaps.map { ["name": .string($0), "granularity": 65536, "persistent": true, "recording": true] }),
        ]
    }

    private func graph(_ names: [String], _ edges: [(String, String, String)]) -> JSONValue {
        let nodes = names.enumerated().map { index, name -> JSONValue in
            ["id": JSONValue(index + 1), "type": "block-driver", "name": .string(name)]
        }
        let links = edges.map { above, below, role -> JSONValue in
            [
                "parent": JSONValue((names.firstIndex(of: above) ?? -1) + 1),
                "child": JSONValue((names.firstIndex(of: below) ?? -1) + 1), "name": .string(role),
            ]
        }
        return ["nodes": .array(nodes), "edges": .array(links)]
    }

    @Test("a chain is read through filters, and ends where nothing is below")
    func chain() {
        let names = ["throttle", "top", "top-file", "#block1", "#block2", "raw"]
        let graph = BlockGraph(
            list: [
                node("throttle", "throttle", "/a"), node("top", "qcow2", "json:{}"), node("top-file", "file", "/a"),
                node("#block1", "qcow2", "/b"), node("#block2", "file", "/b"), node("raw", "file", "/c"),
            ],
            graph: graph(
                names,
                [
                    ("throttle", "top", "file"), ("top", "top-file", "file"), ("top", "#block1", "backing"),
                    ("#block1", "#block2", "file"), ("#block1", "raw", "backing"),
                ]))
        let chain = graph.chain(from: "throttle")
        #expect(chain.map(\.node) == ["top", "#block1", "raw"])
        #expect(chain.map(\.file) == ["/a", "/b", "/c"])
        #expect(chain.map(\.format) == ["qcow2", "qcow2", "raw"])
        #expect(chain.map(\.ownNodes) == [["top", "top-file"], [], ["raw"]])
        #expect(graph.chain(from: "nothing").isEmpty)
    }

    @Test("a graph that makes no sense ends")
    func loop() {
        let graph = BlockGraph(
            list: [node("a", "qcow2", "/a"), node("f", "throttle", "/f"), node("b", "file", "/b")],
            graph: graph(
                ["a", "f", "b"], [("a", "a", "backing"), ("f", "f", "file"), ("a", "b", "file"), ("b", "a", "file")]))
        #expect(graph.chain(from: "a").map(\.node) == ["a"])
        #expect(graph.chain(from: "f").isEmpty)
        #expect(BlockGraph(list: .null, graph: ["nodes": 7, "edges": [["parent": 1]]]).chain(from: "a").isEmpty)
    }

    @Test("bitmaps of merged images go into those of the same name, and where there is none a new one")
    func bitmaps() {
        func layer(_ node: String, _ bitmaps: [BlockGraph.Bitmap]) -> BlockGraph.Layer {
            BlockGraph.Layer(
                node: node, storage: node, format: "qcow2", file: nil, backingName: nil, bitmaps: bitmaps)
        }
        func bitmap(_ name: String, persistent: Bool = true, recording: Bool = true, broken: Bool = false)
            -> BlockGraph.Bitmap
        {
            .init(
                name: name, granularity: 65536, isPersistent: persistent, isRecording: recording, isInconsistent: broken
            )
        }
        let actions = BitmapMerge.actions(
            [
                layer("top", [bitmap("a"), bitmap("new"), bitmap("gone", persistent: false), bitmap("bad")]),
                layer("mid", [bitmap("a"), bitmap("b", recording: false), bitmap("c", broken: true)]),
            ], into: layer("base", [bitmap("a"), bitmap("bad", broken: true), bitmap("old")]))
        #expect(
            actions.map(\.command) == [
                "block-dirty-bitmap-merge", "block-dirty-bitmap-add", "block-dirty-bitmap-merge",
                "block-dirty-bitmap-add", "block-dirty-bitmap-merge",
            ])
        #expect(actions[0].arguments["target"] == "a" && actions[0].arguments["bitmaps"]?.array?.count == 2)
        #expect(actions[1].arguments["name"] == "new" && actions[1].arguments["persistent"] == true)
        #expect(actions[3].arguments["name"] == "b" && actions[3].arguments["disabled"] == true)
        #expect(actions.allSatisfy { $0.arguments["node"] == "base" })
        #expect(BitmapMerge.actions([], into: layer("base", [])).isEmpty)
        let known = BitmapMerge.actions(
            [layer("mid", [bitmap("a"), bitmap("b")])], into: layer("top", [bitmap("a")]), addsMissing: false)
        #expect(known.map(\.command) == ["block-dirty-bitmap-merge"] && known[0].arguments["target"] == "a")
    }
}
