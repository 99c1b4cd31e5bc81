// swift-tools-version: 6.1
import PackageDescription

let package = Package(
    name: "embedding",
    dependencies: [.package(name: "vmctl", path: "../..")],
    targets: [
        .executableTarget(
            name: "embedding",
            dependencies: [
                .product(name: "VMManager", package: "vmctl"), .product(name: "VMTestSupport", package: "vmctl"),
            ])
    ])
