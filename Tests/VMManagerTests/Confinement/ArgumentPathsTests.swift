import Testing

@testable import VMManager

@Suite("Paths in a command line")
struct ArgumentPathsTests {
    @Test(
        "words, options, JSON and schemes",
        arguments: [
            ("/a/b", ["/a/b"]), ("-kernel", []), ("file=/a,,b,format=raw", ["/a,b"]),
            (#"{"driver":"file","filename":"/x","nested":{"list":["/y","z/"]}}"#, ["/x", "/y"]),
            ("unix:/run/s,server=on,wait=off", ["/run/s"]), ("file:/tmp/log", ["/tmp/log"]),
            ("socket,id=a,path=/run/s,tls=/k", ["/run/s", "/k"]), ("tcp:host:1/2", []), ("a=b/c", []), ("{/x", []),
        ])
    func words(word: String, paths: [String]) { #expect(ArgumentPaths.all(in: [word]).sorted() == paths.sorted()) }
}
