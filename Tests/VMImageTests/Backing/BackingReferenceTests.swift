import Foundation
import Testing
import VMCore
import VMImage

@Suite("How an image names the one below it") struct BackingReferenceTests {
    @Test(
        "each spelling is known for what it is",
        arguments: [
            ("base.img", .relativePath("base.img")), ("../x/base.img", .relativePath("../x/base.img")),
            ("./a:b", .relativePath("./a:b")), ("/a:b", .absolutePath("/a:b")), ("", .relativePath("")),
            ("file:/a", .file("/a")), ("file:a", .file("a")), ("file:///a", .file("///a")),
            ("host_device:/dev/sda", .hostDevice("/dev/sda")), ("fd:7", .descriptor("7")),
            ("nbd:host:10809", .network(.nbd, "nbd:host:10809")),
            ("nbd://host/x", .network(.nbd, "nbd://host/x")), ("nbd+tcp://h", .network(.nbd, "nbd+tcp://h")),
            ("nbd:unix:/s:exportname=x", .network(.nbdUnix, "nbd:unix:/s:exportname=x")),
            ("nbd+unix:///x?socket=/s", .network(.nbdUnix, "nbd+unix:///x?socket=/s")),
            ("http://h/i", .network(.http, "http://h/i")), ("https://h/i", .network(.https, "https://h/i")),
            ("rbd:pool/image", .network(.rbd, "rbd:pool/image")), ("ssh://h/i", .network(.ssh, "ssh://h/i")),
            ("iscsi://h/t/1", .network(.iscsi, "iscsi://h/t/1")), ("nfs://h/i", .network(.nfs, "nfs://h/i")),
            ("gluster+rdma://h/v/i", .network(.gluster, "gluster+rdma://h/v/i")),
            ("what:ever", .unknown("what:ever")), ("json:", .unknown("json:")), ("json:[]", .unknown("json:[]")),
            ("json:{", .unknown("json:{")), ("json:{}", .unknown("json:{}")),
            ("nbd:\u{301}x", .network(.nbd, "nbd:\u{301}x")),
        ] as [(String, BackingReference)])
    func spellings(_ text: String, _ expected: BackingReference) {
        #expect(BackingReference(text) == expected)
    }

    @Test(
        "a description in JSON is followed down to what it is in",
        arguments: [
            (#"{"driver":"qcow2","file":{"driver":"file","filename":"/a"}}"#, "qcow2", .file("/a")),
            (#"{"driver":"qcow2","file.filename":"/a"}"#, "qcow2", .file("/a")),
            (#"{"file.filename":"nbd:x"}"#, nil, .file("nbd:x")),
            (#"{'driver':'file','filename':'/a'}"#, "raw", .file("/a")),
            (#"{"filename":"/a"}"#, nil, .file("/a")),
            (
                #"{"driver":"throttle","file":{"driver":"qed","file":{"driver":"file","filename":"/a"}}}"#, "qed",
                .file("/a")
            ),
            (
                #"{"driver":"raw","offset":512,"file":{"driver":"host_device","filename":"/dev/x"}}"#, "raw",
                .hostDevice("/dev/x")
            ),
            (#"{"driver":"qcow2","file":"node1"}"#, "qcow2", .node("node1")),
            (
                #"{"driver":"raw","file":{"driver":"nbd","server":{"type":"unix","path":"/s"}}}"#, "raw",
                .network(.nbdUnix, #"{"driver":"nbd","server.path":"/s","server.type":"unix"}"#)
            ),
            (
                #"{"driver":"nbd","host":"h","port":"1"}"#, "raw",
                .network(.nbd, #"{"driver":"nbd","host":"h","port":"1"}"#)
            ),
            (
                #"{"driver":"qcow2","file.driver":"https","file.url":"https://h/i"}"#, "qcow2",
                .network(.https, #"{"driver":"https","url":"https://h/i"}"#)
            ),
        ] as [(String, String?, BackingReference)])
    func descriptions(_ text: String, _ format: String?, _ inner: BackingReference) {
        #expect(BackingReference("json:" + text) == .json(format: format, inner))
        #expect(BackingReference("json:" + text).format == format)
    }

    @Test("a description that is nested without end is unknown")
    func deep() {
        let text = "json:" + String(repeating: #"{"file":"#, count: 200) + "{}" + String(repeating: "}", count: 200)
        #expect(BackingReference(text) == .unknown(text))
        let flat = "json:{\"" + String(repeating: "file.", count: 100) + "filename\":\"/a\"}"
        #expect(BackingReference(flat) == .unknown(flat))
    }

    @Test("only a plain relative path counts from the image's folder")
    func paths() {
        func path(_ text: String, _ image: String = "/i/top") -> String? {
            BackingReference(text).localPath(below: image)
        }
        #expect(path("base") == "/i/base")
        #expect(path("base", "/top") == "/base")
        #expect(path("base", "top") == "base")
        #expect(path("../base") == "/i/../base")
        #expect(path("/base") == "/base")
        #expect(path("file:base") == "base")
        #expect(path(#"json:{"file.filename":"base"}"#) == "base")
        #expect(path("host_device:/dev/sda") == "/dev/sda")
        #expect(path("nbd:unix:/s") == nil)
        #expect(path("fd:3") == nil)
        #expect(path("what:ever") == nil)
        #expect(path(#"json:{"file":"node"}"#) == nil)
    }
}
