package p
import "fmt"
func  F( ) { fmt.Println( 1 )

}
