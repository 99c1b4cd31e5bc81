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

    @Test(
        "what the guest alone gets to see opens nothing",
        arguments: [
            (["-append", "root=/dev/sda"], []), (["-smbios", "type=1,serial=/etc/shadow"], []),
            (["-name", "guest=/etc,debug-threads=on"], []),
            (["-device", #"{"driver":"virtio-blk-pci","serial":"/dev/sda","romfile":"/r"}"#], ["/r"]),
            (["-device", "usb-storage,serial=/dev/sda,path=/p"], ["/p"]),
            (["-fw_cfg", "name=opt/a,string=/etc/shadow"], []), (["-fw_cfg", "name=opt/a,file=/f"], ["/f"]),
            (["-kernel", "/k", "-append", "/a"], ["/k"]), (["-append", "x", "-initrd", "/i"], ["/i"]),
        ])
    func texts(words: [String], paths: [String]) { #expect(ArgumentPaths.all(in: words) == paths) }
}
