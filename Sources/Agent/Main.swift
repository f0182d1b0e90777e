import ArgumentParser
import NIOSSL
import ServiceLifecycle
@main struct P { static func main() {} }
